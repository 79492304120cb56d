FROM busybox
HEALTHCHECK --interval CMD x
