"""Parcourir toutes les cases de la matrice et relever ce qui n'est pas ce que la table dit."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.client_strict import ECRITURE, TABLES_ECRITES_EN_LECTURE, TRACE_DE_LECTURE
from tests.evaluations.fabrique_tuteur import champs_de, ouvrir
from tests.permissions.monde import ABSENT, Cible, Monde, Personnage
from tests.permissions.table import (
    ACCEPTE,
    CONNEXION,
    INTROUVABLE,
    LECTURES,
    METHODE_REFUSEE,
    METHODES,
    Page,
)
from tests.second_facteur import preuve_de

# Ce qui change d'une réponse à l'autre sans rien dire : jetons, nonce, adresse demandée.
JETONS = re.compile(r'(csrfmiddlewaretoken" value="|nonce="|hx-headers=\'[^\']*X-CSRFToken[^:]*: ?")[^"]+')
ADRESSE = re.compile(r"/[\w./%-]*\d[\w./%-]*")
ECART_DE_REQUETES = 1
# HEAD refait le travail de GET, et le refus d'une méthode précède tout droit : ces personnes-là y suffisent.
TEMOINS = {"anonyme", "apprenant", "enseignant", "administrateur", "tuteur"}
LECTURES_A_PARAMETRES = {"evaluations:historique"}
SANS_MARQUE = ("apprenant", "autre_apprenant", "administrateur", "sans_role", "superutilisateur", "ancien", "futur")
ENTETES = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass
class Releve:
    """Ce que la traversée a vu."""

    cases: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    defauts: list[str] = field(default_factory=list)


def noms_du_resolveur(resolveur: URLResolver | None = None, prefixe: str = "") -> Iterator[str]:
    for motif in (resolveur or get_resolver()).url_patterns:
        if isinstance(motif, URLResolver):
            espace = f"{motif.namespace}:" if motif.namespace else ""
            yield from noms_du_resolveur(motif, prefixe + espace)
        elif isinstance(motif, URLPattern):
            yield prefixe + (motif.name or f"sans nom {motif.pattern}")


class Matrice:
    """Une session par personnage, une transaction annulée par case qui écrit."""

    def __init__(self, monde: Monde) -> None:
        self.monde = monde
        self.releve = Releve()
        self.clients = {un.nom: _client(un) for un in monde.personnages}
        # La clé de la fiche se lit dans la page, avec le seul biscuit du tuteur.
        fiche = reverse("evaluations:tuteur_fiche", args=monde.cibles["lien_tuteur"][0].args)
        monde.corps["A"]["evaluations:tuteur_fiche"] = champs_de(self.clients["tuteur"].get(fiche))
        self.introuvables: dict[tuple[str, str], str] = {}

    def eprouver(self, page: Page) -> None:
        cibles = self.monde.cibles[page.objet] if page.objet else [Cible("page", (), None)]
        for personnage in self.monde.personnages:
            couts = {}
            for rang, cible in enumerate(cibles):
                # Le refus d'une méthode ne dépend pas non plus de l'objet : une cible suffit.
                toutes = METHODES if personnage.nom in TEMOINS else ("GET", "POST")
                for methode in toutes if rang == 0 else page.methodes_admises:
                    couts[cible.nom, methode] = self._case(page, personnage, cible, methode)
            self._comparer_les_couts(page, personnage, cibles, couts)

    def _case(self, page: Page, personnage: Personnage, cible: Cible, methode: str) -> tuple[str, int]:
        attendu = page.verdict(methode, personnage, cible)
        adresse = reverse(page.nom, args=cible.args)
        reponse, requetes, ecritures = self._demander(page, personnage, methode, adresse, cible)
        self.releve.cases += 1
        self.releve.verdicts[attendu] += 1
        defauts = [
            *_defauts_d_entetes(reponse, page),
            *self._defauts_de_verdict(page, personnage, methode, attendu, reponse),
        ]
        defauts += [f"écriture en lecture : {sql}" for sql in ecritures]
        if personnage.nom in SANS_MARQUE or personnage.compte is None:
            defauts += [f"note {note} visible" for note in self.monde.notes if note in _texte(reponse)]
        self.releve.defauts += [f"{personnage.nom} {methode} {page.nom} [{cible.nom}] : {defaut}" for defaut in defauts]
        return attendu, requetes

    def _demander(
        self, page: Page, personnage: Personnage, methode: str, adresse: str, cible: Cible
    ) -> tuple[HttpResponse, int, list[str]]:
        client = self.clients[personnage.nom]
        biscuits = SimpleCookie(client.cookies.output(header="", sep=";"))
        corps = self.monde.corps.get(cible.centre or "A", {}).get(page.nom)
        options: dict[str, Any] = {}
        if page.muet and methode == "POST":
            options = {"data": corps or {}, "content_type": "application/json"}
        elif corps and (methode == "POST" or page.nom in LECTURES_A_PARAMETRES):
            options = {"data": corps}
        compteur = _Compteur(est_lecture=methode in LECTURES)
        with transaction.atomic(), connection.execute_wrapper(compteur):
            reponse = client.generic(methode, adresse) if methode in {"PUT", "PATCH", "DELETE"} else None
            if reponse is None:
                reponse = getattr(client, methode.lower())(adresse, **options)
            transaction.set_rollback(True)
        client.cookies = biscuits
        return reponse, compteur.requetes, compteur.ecritures

    def _defauts_de_verdict(
        self, page: Page, personnage: Personnage, methode: str, attendu: str, reponse: HttpResponse
    ) -> Iterator[str]:
        statut = reponse.status_code
        vers_connexion = statut == 302 and reponse["Location"].startswith(reverse("connexion"))
        if attendu == CONNEXION:
            if not (statut == 401 if page.muet else vers_connexion):
                yield f"{statut} sans être connecté"
        elif attendu == METHODE_REFUSEE:
            if statut != 405:
                yield f"{statut} au lieu de 405"
        elif attendu == INTROUVABLE:
            se_ressemblent = methode == "HEAD" or page.muet or _neutre(reponse) == self._introuvable(page, personnage)
            if statut != 404 or not se_ressemblent:
                yield f"{statut} au lieu de 404" if statut != 404 else "une page introuvable reconnaissable"
        elif methode in LECTURES:
            if statut not in page.statuts or (vers_connexion and "public" not in (page.lit or ())):
                yield f"{statut} au lieu de {page.statuts}"
        elif statut not in page.statuts and (statut in {401, 403, 404, 405} or statut >= 500):
            yield f"{statut} pour un envoi permis"

    def _comparer_les_couts(
        self, page: Page, personnage: Personnage, cibles: list[Cible], couts: dict[tuple[str, str], tuple[str, int]]
    ) -> None:
        """Interdit et absent coûtent autant de requêtes : le nombre de requêtes ne dit pas si l'objet existe."""
        for methode in METHODES:
            # Qui lit l'objet sait qu'il existe : seul l'objet qu'il ne lit pas doit coûter comme un absent.
            ignores = [c for c in cibles if not c.existe or couts.get((c.nom, "GET"), ("", 0))[0] != ACCEPTE]
            vus = {c.existe: couts.get((c.nom, methode), ("", 0)) for c in ignores}
            caches = {existe: requetes for existe, (verdict, requetes) in vus.items() if verdict == INTROUVABLE}
            if len(caches) == 2 and abs(caches[True] - caches[False]) > ECART_DE_REQUETES:
                ecart = f"{caches[True]} requêtes si interdit, {caches[False]} si absent"
                self.releve.defauts.append(f"{personnage.nom} {methode} {page.nom} : {ecart}")

    def _introuvable(self, page: Page, personnage: Personnage) -> str:
        """Ce que la personne reçoit d'une adresse qui n'existe pas, lu une fois."""
        cle = (personnage.nom, page.absente)
        if cle not in self.introuvables:
            adresse = reverse(page.absente) if page.absente else f"/nulle-part/{ABSENT}/"
            self.introuvables[cle] = _neutre(self.clients[personnage.nom].get(adresse))
        return self.introuvables[cle]


class _Compteur:
    def __init__(self, *, est_lecture: bool) -> None:
        self.requetes, self.est_lecture, self.traces = 0, est_lecture, 0
        self.ecritures: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.requetes += 1
        if self.est_lecture and (ecriture := ECRITURE.match(sql)):
            if TRACE_DE_LECTURE.match(sql) and not self.traces:
                self.traces += 1
            elif ecriture[2].split("(")[0] not in TABLES_ECRITES_EN_LECTURE:
                self.ecritures.append(sql[:80])
        return execute(sql, params, many, context)


def _client(personnage: Personnage) -> Client:
    client = Client(raise_request_exception=False)
    if personnage.compte is not None:
        client.force_login(personnage.compte)
        session = client.session
        session.update(preuve_de(personnage.compte))
        session.save()
    if personnage.lien is not None:
        ouvrir(client, personnage.lien)
    return client


def _neutre(reponse: HttpResponse) -> str:
    return ADRESSE.sub("/…", JETONS.sub(r"\1…", reponse.content.decode()))


def _texte(reponse: HttpResponse) -> str:
    """Tout ce qu'un lecteur peut trouver dans la réponse, classeurs compris."""
    contenu = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    if contenu.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            contenu = b"\n".join(archive.read(nom) for nom in archive.namelist())
    return contenu.decode("utf-8", "replace")


def _defauts_d_entetes(reponse: HttpResponse, page: Page) -> Iterator[str]:
    politique = reponse.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in politique or "unsafe-" in politique or " *" in politique:
        yield f"politique de contenu absente ou ouverte : {politique!r}"
    for nom, valeur in {**ENTETES, "Referrer-Policy": page.referent}.items():
        if reponse.headers.get(nom) != valeur:
            yield f"en-tête {nom} : {reponse.headers.get(nom)!r}"
