# The router's Node programs: composition of the supergraph (the default), and the embedded router as
# `gateway.mjs` for an instance without Hive Router.
# Build it from the root of the repository: docker build -f deploy/images/router.Dockerfile -t mediaclay-router .

FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app
COPY router/package.json router/package-lock.json router/.npmrc ./
# No package may run a program of its own while it is installed; none of ours needs to.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

COPY router/*.mjs ./
COPY router/src src
# A new volume takes over the owner of the folder that it is mounted on.
RUN install --directory --owner node --group node --mode 0755 /supergraph

USER 1000:1000
ENTRYPOINT ["node"]
CMD ["compose.mjs"]

# Last, since they differ from build to build.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mediaclay-router" \
      org.opencontainers.image.description="Composes the supergraph of MediaClay." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
