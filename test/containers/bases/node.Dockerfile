# Stand-in for node:24-slim: Node from the npm package "node", npm from this machine, with what its settings say of the registry.
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
ADD npm.tar /usr/local/lib/node_modules/npm/
COPY npmrc /usr/local/etc/npmrc
COPY authorities.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
  && groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
CMD ["node"]
