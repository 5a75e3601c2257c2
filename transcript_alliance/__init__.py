"""Observer-rated alliance, facilitative skills and ruptures from a session's transcript, on this machine.

Importing the package sets the switches that keep every library underneath silent on the
network, and imports nothing heavy: the names below are loaded when first used.
"""

import os as _os
from typing import TYPE_CHECKING, Any

# Set before any other library is imported: several of them read these only once, at import.
for _name, _value in {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "OTEL_SDK_DISABLED": "true",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}.items():
    _os.environ.setdefault(_name, _value)

__version__ = "0.1.0"

if TYPE_CHECKING:
    from transcript_alliance.annotations import CodedSession
    from transcript_alliance.errors import TranscriptError
    from transcript_alliance.pipeline import code_session, load_model
    from transcript_alliance.session import Session
    from transcript_alliance.settings import Settings, load_settings
    from transcript_alliance.store.coded_file import read_coded
    from transcript_alliance.store.study_sessions import read_study

_HOME = {
    "CodedSession": "annotations",
    "Session": "session",
    "Settings": "settings",
    "TranscriptError": "errors",
    "code_session": "pipeline",
    "load_model": "pipeline",
    "load_settings": "settings",
    "read_coded": "store.coded_file",
    "read_study": "store.study_sessions",
}

__all__ = [
    "CodedSession",
    "Session",
    "Settings",
    "TranscriptError",
    "__version__",
    "code_session",
    "load_model",
    "load_settings",
    "read_coded",
    "read_study",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
