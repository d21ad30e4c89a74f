"""Les archives relues contre la base, les fichiers et le journal : rien de retouché, de retiré ni de remplacé."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import QuerySet

from centres.integrite import POSES
from centres.journal import verifier_chaine
from centres.models import Centre, Evenement
from certification.archive_json import canonique, empreinte
from certification.models import Archive, Commission, PieceArchive
from certification.queries.archives import cle_du_candidat, dossiers_figes

CREEE = "archive.creee"
REPERTOIRE = "archives"
DECLENCHEURS = (
    "archive_sans_modification",
    "archive_sans_suppression",
    "piecearchive_sans_modification",
    "piecearchive_sans_suppression",
    "commission_close_sans_modification",
    "commission_close_sans_suppression",
    *(
        f"{table}_close_sans_{geste}"
        for table in ("membrecommission", "positioncommission", "proposition")
        for geste in ("ajout", "modification", "suppression")
    ),
)


@dataclass(frozen=True)
class Anomalie:
    """Ce qui ne correspond plus, et où."""

    ou: str
    motif: str

    def __str__(self) -> str:
        return f"{self.ou} : {self.motif}"


@dataclass(frozen=True)
class Controle:
    """Ce qui a été relu, et ce qui diffère."""

    archives: int
    pieces: int
    anomalies: tuple[Anomalie, ...]

    @property
    def est_intact(self) -> bool:
        return not self.anomalies


def verifier_archives(centres: QuerySet[Centre] | None = None, tete: str = "") -> Controle:
    """Toutes les archives, ou celles de ces centres. `tete` : l'empreinte recopiée sur un procès-verbal.

    Sans elle, une base entière remise dans un état plus ancien, journal compris, serait d'accord avec elle-même.
    """
    lues = Archive.objects.all() if centres is None else Archive.objects.filter(centre__in=centres)
    archives = list(
        lues.order_by("centre", "numero")
        .select_related("centre", "commission__classe__centre", "commission__classe__session")
        .select_related("commission__classe__version__diplome")
        .prefetch_related("pieces__epreuve")
    )
    anomalies = [*_suites(archives), *_journal(archives, centres), *_declencheurs()]
    for archive in archives:
        anomalies += _archive(archive)
    if centres is None:
        anomalies += _fichiers_en_trop()
    if tete and tete not in _tetes(archives):
        anomalies.append(Anomalie("tête", "l'empreinte donnée n'est celle d'aucune dernière archive."))
    return Controle(len(archives), sum(len(archive.pieces.all()) for archive in archives), tuple(anomalies))


def _tetes(archives: Sequence[Archive]) -> set[str]:
    return {archive.empreinte for archive in {archive.centre_id: archive for archive in archives}.values()}


def _suites(archives: Iterable[Archive]) -> Iterator[Anomalie]:
    """Chaque centre a sa suite : 1, 2, 3…, chaque archive portant l'empreinte de la précédente."""
    par_centre: dict[int, list[Archive]] = defaultdict(list)
    for archive in archives:
        par_centre[archive.centre_id].append(archive)
    for suite in par_centre.values():
        if suite[0].numero != 1:
            yield Anomalie(str(suite[0]), "les archives qui la précédaient ont disparu.")
        for avant, apres in pairwise(suite):
            if apres.numero != avant.numero + 1 or apres.precedente != avant.empreinte:
                yield Anomalie(str(apres), "ne suit pas l'archive précédente du centre.")


def _journal(archives: Sequence[Archive], centres: QuerySet[Centre] | None) -> Iterator[Anomalie]:
    """Le journal, scellé hors de la base, garde l'empreinte de chaque archive : il dit celles qui manquent."""
    par_objet = {f"{Archive._meta.label_lower}:{archive.pk}": archive for archive in archives}
    evenements = list(Evenement.objects.filter(acte=CREEE).order_by("pk"))
    if centres is not None:
        chaines = _chaines(Commission.objects.filter(classe__centre__in=centres))
        evenements = [evenement for evenement in evenements if evenement.chaine_id in chaines]
    dits: set[str] = set()
    for evenement in evenements:
        dits.add(evenement.objet)
        archive = par_objet.get(evenement.objet)
        if archive is None:
            yield Anomalie(evenement.objet, "cette archive, que le journal connaît, a disparu.")
        elif evenement.sel and evenement.apres != _selon_le_journal(archive):
            yield Anomalie(str(archive), "ce n'est plus l'archive que le journal a vue.")
    for objet in sorted(set(par_objet) - dits):
        yield Anomalie(str(par_objet[objet]), "le journal ne la connaît pas.")
    for chaine in sorted({evenement.chaine_id for evenement in evenements}):
        yield from (Anomalie("journal", str(rupture)) for rupture in verifier_chaine(chaine).ruptures)


def _selon_le_journal(archive: Archive) -> dict[str, Any]:
    return {
        "numero": archive.numero,
        "empreinte": archive.empreinte,
        "precedente": archive.precedente,
        "pieces": len(archive.pieces.all()),
    }


def _chaines(commissions: QuerySet[Commission]) -> set[str]:
    return {f"certification:classe:{classe}" for classe in commissions.values_list("classe", flat=True)}


def _archive(archive: Archive) -> Iterator[Anomalie]:
    pieces = list(archive.pieces.all())
    for piece in pieces:
        yield from _fichier(archive, piece)
    if archive.efface_le is not None:
        # Purgée : il n'en reste que les empreintes, que la suite et le journal viennent de relire.
        return
    if empreinte(archive.manifeste.encode()) != archive.empreinte:
        yield Anomalie(str(archive), "le manifeste a été modifié : son empreinte n'est plus la sienne.")
    try:
        manifeste = json.loads(archive.manifeste)
        yield from _contre_le_manifeste(archive, pieces, manifeste)
    except (ValueError, KeyError, TypeError):
        yield Anomalie(str(archive), "le manifeste ne se lit plus.")


def _fichier(archive: Archive, piece: PieceArchive) -> Iterator[Anomalie]:
    if piece.efface_le is not None:
        return
    ou = f"{archive}, pièce {piece.ordre}"
    if not default_storage.exists(str(piece.fichier)):
        yield Anomalie(ou, "le fichier a disparu.")
        return
    with default_storage.open(str(piece.fichier)) as fichier:
        contenu = fichier.read()
    if empreinte(contenu) != piece.sha256 or len(contenu) != piece.octets:
        yield Anomalie(ou, "le fichier n'est plus celui qui a été archivé.")


def _contre_le_manifeste(archive: Archive, pieces: Sequence[PieceArchive], manifeste: Any) -> Iterator[Anomalie]:
    if canonique(manifeste) != archive.manifeste.encode():
        yield Anomalie(str(archive), "le manifeste n'est pas écrit sous sa forme canonique.")
    attendus = (archive.numero, archive.precedente, archive.version_commission, archive.motif)
    if tuple(manifeste[cle] for cle in ("numero", "precedent", "version_commission", "motif")) != attendus:
        yield Anomalie(str(archive), "sa ligne n'est pas ce que dit son manifeste.")
    dites = {piece["ordre"]: piece for piece in manifeste["pieces"]}
    if len(manifeste["pieces"]) != len(pieces) or set(dites) != {piece.ordre for piece in pieces}:
        yield Anomalie(str(archive), "ses pièces ne sont pas celles du manifeste.")
    for piece in pieces:
        if piece.efface_le is None and dites.get(piece.ordre) != _piece(piece):
            yield Anomalie(f"{archive}, pièce {piece.ordre}", "sa ligne n'est pas ce que dit le manifeste.")
    if archive.commission.est_close and archive.commission.numero_version == archive.version_commission:
        yield from _propositions(archive, pieces, manifeste)


def _piece(piece: PieceArchive) -> dict[str, Any]:
    return {
        "ordre": piece.ordre,
        "nature": piece.nature.upper(),
        "nom": piece.nom,
        "sha256": piece.sha256,
        "octets": piece.octets,
        "candidat": None if piece.inscription_id is None else cle_du_candidat(piece.inscription_id),
        "epreuve": piece.epreuve.code if piece.epreuve else None,
    }


def _propositions(archive: Archive, pieces: Sequence[PieceArchive], manifeste: Any) -> Iterator[Anomalie]:
    """Ce que la base dit de chaque candidat, contre ce qui a été scellé ; un nom corrigé n'y change rien."""
    effaces = {cle_du_candidat(p.inscription_id) for p in pieces if p.inscription_id and p.efface_le is not None}
    scellees = {(ligne["candidat"], ligne["epreuve"]): ligne for ligne in manifeste["propositions"]}
    cles = ("option", "etat", "note_calculee", "note_arrondie", "note_proposee", "fond")
    presentes = set()
    for fige in dossiers_figes(archive.commission):
        ligne = fige.clos.ligne(None)
        cle = (ligne["candidat"], ligne["epreuve"])
        presentes.add(cle)
        # Après la purge d'un candidat, ses motifs sont effacés : le fond ne se recompare plus, ses notes si.
        compares = cles[:-1] if cle[0] in effaces else cles
        scellee = scellees.get(cle)
        if scellee is None or any(scellee[une] != ligne[une] for une in compares):
            yield Anomalie(f"{archive}, {cle[1]}, candidat {cle[0]}", "la base ne dit plus ce qui a été archivé.")
    for candidat, epreuve in sorted(set(scellees) - presentes):
        yield Anomalie(f"{archive}, {epreuve}, candidat {candidat}", "la proposition archivée a disparu de la base.")


def _declencheurs() -> Iterator[Anomalie]:
    with connection.cursor() as curseur:
        curseur.execute(POSES[connection.vendor])
        poses = {nom for (nom,) in curseur.fetchall()}
    for nom in DECLENCHEURS:
        if nom not in poses:
            yield Anomalie("déclencheurs", f"« {nom} » n'est plus en place : la base n'est plus gardée.")


def _fichiers_en_trop() -> Iterator[Anomalie]:
    """Un fichier d'archive que la base ne connaît pas : des lignes ont été retirées, ou la base remise en arrière."""
    if not default_storage.exists(REPERTOIRE):
        return
    connus = set(PieceArchive.objects.exclude(fichier="").values_list("fichier", flat=True))
    _, noms = default_storage.listdir(REPERTOIRE)
    for nom in sorted(noms):
        if f"{REPERTOIRE}/{nom}" not in connus:
            yield Anomalie(f"{REPERTOIRE}/{nom}", "ce fichier n'appartient à aucune archive de la base.")
