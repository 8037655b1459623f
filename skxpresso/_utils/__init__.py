"""What every room needs: tables, files, pages, progress."""
