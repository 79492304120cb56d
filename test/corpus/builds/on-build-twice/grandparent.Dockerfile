FROM base
ONBUILD RUN echo first > /a
