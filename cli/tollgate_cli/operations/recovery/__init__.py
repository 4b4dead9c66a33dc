"""A stack's tables made anew from exports of one instant."""
