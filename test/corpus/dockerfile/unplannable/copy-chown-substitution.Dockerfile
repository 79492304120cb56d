FROM busybox
COPY --chown=${A a /b
