ARG V
FROM busybox:${V:?which}
