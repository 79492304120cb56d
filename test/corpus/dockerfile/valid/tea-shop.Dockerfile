# syntax=docker/dockerfile:1
# check=skip=JSONArgsRecommended

# NODE which Node to use
ARG NODE=20
# build makes the shop's bundle
FROM --platform=$BUILDPLATFORM node:${NODE}-slim AS build
WORKDIR /shop
COPY --link package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm,id=npm \
    --mount=type=secret,id=registry,env=TOKEN \
    npm ci --no-audit
COPY --exclude=**/*.test.ts --exclude=docs . .
RUN npm run build

FROM node:${NODE}-slim
ENV NODE_ENV=production \
    GREETING="irasshai, \"guest\"" \
    MOTTO='one leaf, $two buds'
COPY --from=build --chown=1000:1000 --chmod=755 /shop/dist /shop
EXPOSE 8080/tcp 9090/udp
VOLUME ["/shop/orders", "/shop/my notes"]
HEALTHCHECK --interval=30s --timeout=1.5s --start-period=1m --retries=5 \
  CMD ["node", "/shop/health.mjs"]
USER node
STOPSIGNAL SIGINT
ENTRYPOINT ["node", "/shop/main.mjs"]
CMD ["--port", "8080"]
