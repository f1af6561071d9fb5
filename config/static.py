"""Static files in production: names carry a digest of the content, so that they may be kept."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Manifest(CompressedManifestStaticFilesStorage):
    """Renames our ES modules too, inside each other: no page mixes two versions."""

    support_js_module_import_aggregation = True
