"""Le refus commun à tous les actes sur les centres et les personnes."""

from django.core.exceptions import PermissionDenied


def autoriser(permis: bool) -> None:
    if not permis:
        raise PermissionDenied
