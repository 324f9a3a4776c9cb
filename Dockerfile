# docker build -t kheo . && docker run -v /srv/my-campaign:/campaign -p 127.0.0.1:8080:8080 kheo
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# COMMIT is needed where .git is a file (a worktree) or not part of the context:
# docker build --build-arg COMMIT=$(git rev-parse HEAD) -t kheo .
ARG COMMIT
RUN make build ${COMMIT:+COMMIT=$COMMIT} && mv bin/kheo /kheo

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tesseract-ocr tesseract-ocr-vie tesseract-ocr-nor tesseract-ocr-eng libreoffice-writer-nogui libreoffice-calc-nogui fonts-noto-core \
 && rm -rf /var/lib/apt/lists/* && useradd --system --create-home kheo
COPY --from=build /kheo /usr/local/bin/kheo
USER kheo
VOLUME /campaign
EXPOSE 8080
HEALTHCHECK CMD ["/usr/local/bin/kheo", "runs", "-w", "/campaign", "--limit", "1"]
ENTRYPOINT ["/usr/local/bin/kheo", "-w", "/campaign"]
CMD ["serve", "--listen", "0.0.0.0:8080"]
