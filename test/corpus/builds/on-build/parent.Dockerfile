FROM base
ONBUILD ARG HOW=default
ONBUILD COPY data /data
ONBUILD RUN echo trigger $HOW > /order
ONBUILD LABEL of=trigger
ONBUILD ENV SET=by-trigger
ONBUILD WORKDIR /in
