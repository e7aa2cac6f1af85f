# The command in a container: docker build -t tunnelscope . (after scripts/deb.sh), then
#   docker run --rm -it --network host --cap-add NET_RAW tunnelscope -i eth0
FROM debian:12-slim
ARG TARGETARCH
COPY dist-executable/tunnelscope_*_${TARGETARCH:-amd64}.deb /tmp/
RUN apt-get update \
 && apt-get install -y /tmp/tunnelscope_*.deb \
 && rm -rf /tmp/*.deb /var/lib/apt/lists/*
ENTRYPOINT ["tunnelscope"]
