# syntax=docker/dockerfile:1
# The server alone, as a small image: docker build -t sentinal-chat .

FROM rust:1.95-bookworm AS build
WORKDIR /build
# The options of the allocator are baked in at build time from .cargo/config.toml.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY vendor vendor
COPY protocol protocol
COPY entity entity
COPY migration migration
COPY store store
COPY actors actors
COPY app app
COPY src src
# The web app as it was built; its sources are not needed.
COPY web/dist web/dist
# The guides that the server shows.
COPY docs docs
# Not part of the server, but members of the workspace: cargo wants to see them.
COPY client client
COPY loadtest loadtest
COPY tests tests
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --locked --profile dist --package sentinal-chat --bin sentinal-chat \
    && cp target/dist/sentinal-chat /usr/local/bin/sentinal-chat

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/sentinal-chat --create-home sentinal
COPY --from=build /usr/local/bin/sentinal-chat /usr/local/bin/sentinal-chat
USER sentinal
WORKDIR /var/lib/sentinal-chat
# Release mode refuses to start without a JWT_SECRET of its own.
# A container is reached from outside of it, whatever its mode.
ENV APP_MODE=release \
    APP_HOST=0.0.0.0 \
    DATA_DIR=/var/lib/sentinal-chat
VOLUME /var/lib/sentinal-chat
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["sentinal-chat", "healthcheck"]
# SIGTERM drains, which may take up to 30 s and DRAIN_DELAY: docker stop --time 35.
ENTRYPOINT ["sentinal-chat"]
CMD ["serve"]
