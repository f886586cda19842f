# Two stages: a Debian with the compiler, and a small one with the binary, the site and an init.
FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN ANDON_SETUP=build scripts/setup && scripts/build --release

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tini && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/andon --create-home andon
COPY --from=build /src/dist/ /opt/andon/
USER andon
ENV ANDON_LISTEN=0.0.0.0:8888 ANDON_DATA_DIR=/var/lib/andon
EXPOSE 8888
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/andon/andon"]
CMD ["serve"]
