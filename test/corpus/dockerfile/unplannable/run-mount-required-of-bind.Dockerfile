FROM busybox
RUN --mount=target=/a,required true
