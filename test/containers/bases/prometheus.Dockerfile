# Stand-in for prom/prometheus: Debian's.
FROM debian:bookworm-slim
COPY prometheus /bin/prometheus
RUN mkdir /prometheus && chown nobody /prometheus
USER nobody
VOLUME /prometheus
ENTRYPOINT ["/bin/prometheus"]
