FROM a
ARG C=
ENV B=${C:?}
