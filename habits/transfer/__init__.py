"""Import of habits from other apps, and export.

docs/transfer.md says how formats are converted.

importers/      one module for each app: its file → ParsedFile (parsed_file.py), without database and clock
formats         finds the importer for a file
merge_plan      which days are new, and which of the person's habits they belong to
import_limits   how much of a file is read
import_writer   writes everything in one transaction
import_jobs     the steps of an import from the upload to the result
exporter, loop_export
                a person's habits as CSV, as JSON, for Loop
"""
