FROM a
ARG C
ENV B="${C:?is needed}"
