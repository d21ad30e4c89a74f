"""Lecture stricte d'un fichier de référentiel, YAML ou JSON : taille bornée, ni clé répétée, ni renvoi."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

TAILLE_MAXIMALE = 1_000_000
PROFONDEUR_MAXIMALE = 20


class FichierIllisible(ValueError):
    """Le fichier n'est pas un référentiel lisible ; le message est une phrase pour la personne."""


def lire_fichier(chemin: Path) -> Any:
    """L'arbre du fichier ; le contenu est contrôlé ensuite par `importer_referentiel`."""
    try:
        with chemin.open("rb") as flux:
            octets = flux.read(TAILLE_MAXIMALE + 1)
    except OSError as erreur:
        raise FichierIllisible(f"{chemin} : fichier illisible ({erreur.strerror or 'erreur de lecture'})") from erreur
    if len(octets) > TAILLE_MAXIMALE:
        raise FichierIllisible(f"{chemin} : fichier trop gros (1 Mo au plus)")
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        raise FichierIllisible(f"{chemin} : le fichier n'est pas en UTF-8") from erreur
    try:
        return lire_json(texte) if chemin.suffix.lower() == ".json" else lire_yaml(texte)
    except FichierIllisible as erreur:
        raise FichierIllisible(f"{chemin} : {erreur}") from erreur


def lire_json(texte: str) -> Any:
    try:
        return json.loads(texte, object_pairs_hook=_sans_doublon, parse_constant=_constante_refusee)
    except json.JSONDecodeError as erreur:
        raise FichierIllisible(f"JSON mal formé, ligne {erreur.lineno}, colonne {erreur.colno}") from erreur
    except RecursionError as erreur:
        raise FichierIllisible("trop de niveaux imbriqués") from erreur
    except FichierIllisible:
        raise
    except ValueError as erreur:
        raise FichierIllisible("un nombre démesuré n'est pas admis") from erreur


def lire_yaml(texte: str) -> Any:
    try:
        # _LecteurStrict dérive de SafeLoader : il ne construit que des valeurs simples.
        return yaml.load(texte, Loader=_LecteurStrict)  # noqa: S506
    except FichierIllisible:
        raise
    except yaml.MarkedYAMLError as erreur:
        raise _refus("YAML mal formé", erreur.problem_mark) from erreur
    except yaml.YAMLError as erreur:
        raise FichierIllisible("YAML mal formé (caractère interdit)") from erreur
    except ValueError as erreur:
        raise FichierIllisible("une valeur est mal écrite (nombre ou date impossible)") from erreur


def _refus(motif: str, marque: Any) -> FichierIllisible:
    return FichierIllisible(f"{motif}, ligne {marque.line + 1}" if marque else motif)


class _LecteurStrict(yaml.SafeLoader):
    profondeur = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        evenement: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(evenement, yaml.AliasEvent) or getattr(evenement, "anchor", None):
            raise _refus("les renvois YAML (& et *) sont refusés", evenement.start_mark)
        self.profondeur += 1
        if self.profondeur > PROFONDEUR_MAXIMALE:
            raise _refus("trop de niveaux imbriqués", evenement.start_mark)
        noeud = super().compose_node(parent, index)
        self.profondeur -= 1
        return noeud

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        vues = set()
        for noeud_cle, _ in node.value:
            if noeud_cle.tag == "tag:yaml.org,2002:merge" or not isinstance(noeud_cle, yaml.ScalarNode):
                raise _refus("cette clé YAML est refusée", noeud_cle.start_mark)
            cle = self.construct_object(noeud_cle)
            if cle in vues:
                raise _refus(f"la clé « {cle} » est répétée", noeud_cle.start_mark)
            vues.add(cle)
        return super().construct_mapping(node, deep=deep)


def _sans_doublon(paires: list[tuple[str, Any]]) -> dict[str, Any]:
    lu: dict[str, Any] = {}
    for cle, valeur in paires:
        if cle in lu:
            raise FichierIllisible(f"la clé « {cle} » est répétée")
        lu[cle] = valeur
    return lu


def _constante_refusee(constante: str) -> Any:
    raise FichierIllisible(f"{constante} n'est pas un nombre admis")
