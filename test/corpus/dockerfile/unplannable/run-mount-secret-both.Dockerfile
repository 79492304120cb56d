FROM busybox
RUN --mount=type=secret,id=a,source=/b true
