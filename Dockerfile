# Holdfast, one more service of a Compose stack. Everything in it comes from the base image, the lock file and, for rclone, Debian.
FROM node:26-bookworm-slim AS tools
# Only the program is taken: its package brings FUSE, which is setuid and of no use here.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates rclone >/dev/null

FROM node:26-bookworm-slim AS build
ENV NODE_ENV=production
WORKDIR /opt/holdfast
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY bin bin
COPY src src
# The first start strips and compiles the code; kept in the image, each later one is twice as fast.
RUN node bin/fill-code-cache.js

FROM node:26-bookworm-slim
LABEL org.opencontainers.image.title="Holdfast" \
      org.opencontainers.image.description="Backup sidecar for Docker Compose stacks" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
# What servers show is checked against these.
COPY --from=tools /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=tools /usr/bin/rclone /usr/bin/rclone
COPY --from=build /opt/holdfast /opt/holdfast
RUN ln -s /opt/holdfast/bin/holdfast.js /usr/local/bin/holdfast \
 && mkdir -p /source /archive /var/lib/holdfast /etc/holdfast
WORKDIR /var/lib/holdfast
EXPOSE 9219
VOLUME ["/var/lib/holdfast", "/archive"]
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["holdfast", "ping"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["holdfast"]
CMD ["run"]
