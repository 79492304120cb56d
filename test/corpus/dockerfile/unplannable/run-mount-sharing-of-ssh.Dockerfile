FROM busybox
RUN --mount=type=ssh,sharing=locked true
