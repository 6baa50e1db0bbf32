# Stand-in for grafana/grafana, which is not to be had as a package: it reads what is provisioned, and tells it.
FROM node:24-slim
COPY grafana.mjs /grafana.mjs
USER node
CMD ["node", "/grafana.mjs"]
