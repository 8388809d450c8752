"""All importers, in the order in which the upload page lists them."""

from habits.transfer.importers import beaver, habitbull, habitica, habittrove, loop, wellness_csv, wellness_json

IMPORTERS = (
    loop.IMPORTER,
    habitbull.IMPORTER,
    habitica.IMPORTER,
    beaver.IMPORTER,
    habittrove.IMPORTER,
    wellness_json.IMPORTER,
    wellness_csv.IMPORTER,
)
BY_KEY = {importer.key: importer for importer in IMPORTERS}
