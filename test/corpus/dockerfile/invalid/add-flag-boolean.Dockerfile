FROM busybox
ADD --keep-git-dir=perhaps a b
