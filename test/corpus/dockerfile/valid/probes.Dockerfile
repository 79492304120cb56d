FROM busybox
HEALTHCHECK NONE
HEALTHCHECK none
HEALTHCHECK CMD a || exit 1
HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0s --start-interval=250ms --retries=0 CMD ["a", "b"]
healthcheck cmd x
