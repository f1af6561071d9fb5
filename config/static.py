"""Static files in production: names carry a digest of the content, so that they may be kept."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Manifest(CompressedManifestStaticFilesStorage):
    """Renames our ES modules too, inside each other: no page mixes two versions."""

    support_js_module_import_aggregation = True

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Gzip only: Brotli took a minute of CPU at every release to save a tenth of the bytes."""
        return Compressor(**kwargs | {"use_brotli": False})
