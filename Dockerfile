# Three images of one service: slim (without PyTorch), cpu and cuda.
#   docker build --target cpu -t plumbline:cpu .
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build-slim
WORKDIR /build
RUN python3 -m venv /opt/plumbline
ENV PATH=/opt/plumbline/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/build.txt requirements/runtime.txt requirements/torch.txt requirements/tracing.txt requirements/
RUN pip install -r requirements/runtime.txt -r requirements/tracing.txt
COPY pyproject.toml README.md LICENSE ./
COPY service service
RUN PIP_CONSTRAINT=requirements/build.txt pip install --no-deps . && python -m compileall -q /opt/plumbline

FROM build-slim AS build-cpu
# PyTorch's own builds for processors alone; what PyPI has brings CUDA along.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install torch numpy -c requirements/torch.txt --extra-index-url "${TORCH_INDEX}"

FROM build-slim AS build-cuda
RUN pip install torch numpy -c requirements/torch.txt

FROM python:${PYTHON} AS slim
RUN useradd --system --uid 10001 --no-create-home plumbline
ENV PATH=/opt/plumbline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PLUMBLINE_HOST=0.0.0.0 PLUMBLINE_LOG_FORMAT=json
COPY --from=build-slim /opt/plumbline /opt/plumbline
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
ENTRYPOINT ["python", "-m", "service"]

FROM slim AS cuda
COPY --from=build-cuda /opt/plumbline /opt/plumbline

FROM slim AS cpu
COPY --from=build-cpu /opt/plumbline /opt/plumbline
