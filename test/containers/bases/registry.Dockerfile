# Stand-in for apicurio/apicurio-registry: the same program from Maven Central, without curl.
FROM debian:bookworm-slim
ADD java.tar /opt/java/
ADD jars.tar /opt/registry/
RUN useradd --uid 1001 registry
USER registry
WORKDIR /tmp
CMD ["sh", "-c", "exec /opt/java/bin/java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dquarkus.http.host=0.0.0.0 -Dquarkus.log.file.enable=false -cp \"$(echo /opt/registry/*-runner.jar):/opt/registry/lib/*\" io.quarkus.runner.GeneratedMain"]
