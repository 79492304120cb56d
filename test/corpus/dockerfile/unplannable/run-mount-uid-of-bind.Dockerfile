FROM busybox
RUN --mount=target=/a,uid=1 true
