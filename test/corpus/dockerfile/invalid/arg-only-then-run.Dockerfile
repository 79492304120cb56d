ARG a
RUN b
