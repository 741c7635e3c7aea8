# Holdfast, one more service of a Compose stack. Everything in it comes from the base image and the lock file.
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
