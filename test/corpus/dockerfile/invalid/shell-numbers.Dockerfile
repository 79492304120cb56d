FROM busybox
SHELL ["a", 1]
