FROM busybox
RUN cat <<A <<B
A
