# syntax=docker/dockerfile:1
# check=skip=JSONArgsRecommended
ARG BASE=debian:12
FROM --platform=$BUILDPLATFORM ${BASE} AS build
LABEL a=b "c d"="e f" g='h i'
MAINTAINER someone <a@b>
ENV old style value
ENV A=1 B="two words" C=three\ words
ARG X Y=1
SHELL ["/bin/bash", "-c"]
USER app:staff
WORKDIR /a b/c
VOLUME /data
VOLUME ["/x", "/y z"]
EXPOSE 80 443/tcp 1000-1010/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=1m30s --start-period=0s --start-interval=1s --retries=3 CMD curl -f localhost
ONBUILD RUN echo hi
ONBUILD COPY --chown=a:b . /x
ADD --keep-git-dir --checksum=sha256:00 https://example.com/a.tgz /a/
COPY --from=build --chmod=u+x --exclude=*.md --exclude=*.txt --parents a/./b c /d/
ENTRYPOINT ["a", "b"]
CMD c d
FROM scratch
HEALTHCHECK NONE
