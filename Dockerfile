# The platform as one container.
#
#   docker build -t liangpin .
#   docker run --rm -v liangpin:/data liangpin liangpin migrate
#   docker run --rm -v liangpin:/data liangpin liangpin seed
#   docker run --read-only --tmpfs /tmp -v liangpin:/data -p 8000:8000 liangpin
#
# A real deployment sets LIANGPIN_DEMO=0 and LIANGPIN_PUBLIC_URL, and with PostgreSQL
# LIANGPIN_DATABASE_URL. tests/packaging runs the steps below in a clean virtual environment.

FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
# The build hook fetches the pinned browser assets; it brings its own Node, as the image has none.
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LIANGPIN_DATABASE_URL=sqlite:////data/liangpin.db
WORKDIR /app
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir --no-deps /wheels/*.whl
RUN useradd --system --uid 10001 --no-create-home liangpin && mkdir /data && chown liangpin /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["liangpin", "serve", "--host", "0.0.0.0"]
