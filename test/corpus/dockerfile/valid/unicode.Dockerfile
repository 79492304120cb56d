FROM a
LABEL 名前="値 é"
RUN echo "日本語"
