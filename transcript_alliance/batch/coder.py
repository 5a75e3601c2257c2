"""The real coder, and what makes its results its own."""

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from transcript_alliance import __version__
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.errors import ModelBundleError, show_name
from transcript_alliance.instruments import load_instruments
from transcript_alliance.settings import Settings, default_bundle
from transcript_alliance.store.values import RunIdentity

# As in `alliance.bundle` and `pipeline`, whose import loads PyTorch: a start that finds all done must not.
LIBRARIES = ("numpy", "spacy", "tokenizers", "torch", "transformers")
MANIFEST, TOKENIZER = "model.json", "tokenizer.json"


@dataclass(frozen=True, slots=True)
class ModelCoder:
    """Codes sessions with the model of `settings`; calling it loads the model."""

    settings: Settings
    threads: int
    """Processor threads for each worker; 0 takes every processor. They move no score."""

    def __call__(self) -> Callable[[Path], bytes]:
        """What codes one path. Raises ModelBundleError, CodebookError or InstrumentError."""
        # Here and not above: the driver needs none of it.
        from transcript_alliance.pipeline import code_session, load_model
        from transcript_alliance.serialize import to_json

        given = self.settings.model.path
        model = load_model(Path(given) if given else None, self.threads)
        return lambda path: to_json(code_session(path, self.settings, model)).encode("utf-8")


def run_identity(settings: Settings) -> RunIdentity:
    """What a coding with `settings` on this machine hangs on, told without loading the model.

    Raises ModelBundleError when there is no model, or one of another form.
    """
    folder = Path(settings.model.path) if settings.model.path else default_bundle()
    try:
        manifest = (folder / MANIFEST).read_bytes()
        info = json.loads(manifest)
        name, tokenizer = str(info["name"]), str(info["hashes"][TOKENIZER])
    except OSError:
        hint = "--model takes a bundle's folder"
        raise ModelBundleError(
            "NO_MODEL", "no model here: model.json is missing", where=show_name(folder), hint=hint
        ) from None
    except (ValueError, KeyError, TypeError):
        raise ModelBundleError("BAD_MODEL", "model.json is not one of ours", where=show_name(folder)) from None
    return RunIdentity(
        package_version=__version__,
        settings_sha256=settings.sha256,
        codebooks_sha256=load_codebooks().sha256,
        instruments_sha256=load_instruments().sha256,
        model=name,
        model_sha256=hashlib.sha256(manifest).hexdigest(),
        tokenizer_sha256=tokenizer,
        libraries=tuple((library, metadata.version(library)) for library in LIBRARIES),
        machine=f"{platform.system()} {platform.machine()}",
    )
