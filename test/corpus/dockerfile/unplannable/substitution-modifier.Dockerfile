FROM a
ENV B=${C:!d}
