FROM busybox
WORKDIR /a b/$C
WORKDIR "quoted"
USER 0:0
USER ${U:-nobody}:staff
VOLUME /a /b
VOLUME ["/c d", "/e"]
EXPOSE 80 81/tcp 82-84/udp $P
STOPSIGNAL SIGRTMIN+3
MAINTAINER A B <a@b>
