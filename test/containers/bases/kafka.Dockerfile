# Stand-in for apache/kafka: the jars of the local stack, and settings from KAFKA_… as that image takes them.
FROM debian:bookworm-slim
ADD java.tar /opt/java/
ADD jars.tar /opt/kafka/libs/
COPY kafka.sh /opt/kafka/start.sh
RUN useradd --uid 1000 appuser && mkdir -p /var/lib/kafka/data && chown appuser /var/lib/kafka/data
USER appuser
VOLUME /var/lib/kafka/data
CMD ["bash", "/opt/kafka/start.sh"]
