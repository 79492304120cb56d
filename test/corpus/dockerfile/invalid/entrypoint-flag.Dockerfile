FROM busybox
ENTRYPOINT --x ["a"]
