"""How results are shown: tables for people, JSON and CSV for programs; notes, progress and questions."""
