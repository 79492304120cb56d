FROM busybox
HEALTHCHECK --intervall=1s CMD x
