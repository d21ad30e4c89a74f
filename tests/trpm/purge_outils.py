"""De quoi éprouver une purge : une personne partout où l'application peut la nommer, et la fouille de toute la base."""

import json
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from centres.models import Classe, Entreprise, ImportListe, Inscription, Tuteur, Utilisateur
from centres.services.comptes import demander_un_lien
from centres.services.conservation import lever_gel, poser_gel
from centres.services.sessions import noter_session
from certification.enums import EtatTravail
from certification.models import Travail
from evaluations.enums import EtatBilan, EtatFabrication
from evaluations.models import (
    BilanPfmp,
    FabricationBilans,
    FicheTuteur,
    LienTuteur,
    LigneBilan,
    PeriodePfmp,
    Placement,
    Visite,
)
from evaluations.services.positionnements import enregistrer_cellule, enregistrer_observation
from evaluations.services.situations import modifier_situation
from referentiel.models import CompetenceDetaillee, SessionExamen
from tests.evaluations.donnees_de_test import donnees, une_situation
from tests.evaluations.fabrique_progression import (
    fabriquer_auto_evaluation,
    fabriquer_bilan,
    fabriquer_campagne,
    fabriquer_piece,
)
from tests.fabriques import fabriquer_inscription, fabriquer_utilisateur

NOM, PRENOM, INE = "Quatrebarbes", "Zéphirin", "123456789ZQ"
COURRIEL, IDENTIFIANT = "zephirin@exemple.test", "zquatrebarbes"
OBSERVATIONS = ("Tient le pied à coulisse de travers", "Corrigé après l'avoir vu faire", "Seul sur la fraiseuse verte")
ENTREPRISE = ("Prévu au tour", "Vu sur sa machine", "tuteur@exemple.test", "A tourné", "Ponctuel", "Bilan du quai 7")
RAISON = "Vu sans aide ce jour-là"
TROIS_ANS = (
    "Progresse au tour",
    "Tenir la cote",
    "J'aime la fraiseuse",
    "Je me trouve juste",
    "Mon étau",
    "G01 X12 Y7",
)
MARQUES = (
    *ENTREPRISE,
    RAISON,
    *TROIS_ANS,
    NOM,
    PRENOM,
    INE,
    COURRIEL,
    IDENTIFIANT,
    *OBSERVATIONS,
    "recours de la famille",
    "recours rejeté",
)


def publier_les_resultats(annee: int, il_y_a_jours: int) -> date:
    """Date les résultats directement ; l'acte de l'administrateur a ses propres tests."""
    le = timezone.localdate() - timedelta(days=il_y_a_jours)
    SessionExamen.objects.filter(annee=annee).update(resultats_le=le)
    return le


def planter(classe: Classe, enseignante: Utilisateur, chef: Utilisateur) -> Inscription:
    """Quelqu'un qui a tout laissé : compte, observations réécrites, gel levé, fichiers, jetons."""
    inscription = fabriquer_inscription(classe, classe.version.options.get(code="RSP"), NOM, PRENOM)
    compte = fabriquer_utilisateur(IDENTIFIANT, PRENOM, NOM)
    compte.email = COURRIEL
    compte.save()
    apprenant = inscription.apprenant
    apprenant.ine, apprenant.utilisateur = INE, compte
    apprenant.save()
    _noter(inscription, classe, enseignante)
    gel = poser_gel(auteur=chef, apprenant=apprenant, motif="recours de la famille")
    lever_gel(auteur=chef, gel=gel, motif="recours rejeté")
    demander_un_lien(utilisateur=compte)
    noter_session(utilisateur=compte, cle="cle-de-session", agent="Firefox")
    EmailAddress.objects.create(user=compte, email=COURRIEL)
    Authenticator.objects.create(user=compte, type=Authenticator.Type.TOTP, data={"secret": "x"})
    _placer(inscription, classe, enseignante)
    _suivre(inscription, classe, enseignante)
    _laisser_des_fichiers(classe, enseignante)
    return inscription


def _placer(inscription: Inscription, classe: Classe, enseignante: Utilisateur) -> None:
    prevu, vu, adresse, fait, remarque, synthese = ENTREPRISE
    maintenant = timezone.now()
    periode = PeriodePfmp.objects.create(
        classe=classe, code="P5", debut=date(2026, 1, 5), fin=date(2026, 1, 30), semaines=4
    )
    entreprise = Entreprise.objects.create(centre=classe.centre, nom="MécaLoire")
    placement = Placement.objects.create(
        periode=periode,
        inscription=inscription,
        entreprise=entreprise,
        tuteur=Tuteur.objects.create(entreprise=entreprise, nom="Perrin"),
        debut=periode.debut,
        fin=periode.fin,
        activites_prevues=prevu,
    )
    Visite.objects.create(placement=placement, prevue_le=periode.debut, auteur=enseignante, compte_rendu=vu)
    LienTuteur.objects.create(
        placement=placement, empreinte="0" * 64, cree_par=enseignante, expire_le=maintenant, envoye_a=adresse
    )
    FicheTuteur.objects.create(placement=placement, activites_realisees=fait, remarque=remarque, modifie_le=maintenant)
    bilan = BilanPfmp.objects.create(placement=placement, synthese=synthese)
    detaillee = CompetenceDetaillee.objects.get(competence__version=classe.version, code="C7.1")
    LigneBilan.objects.create(bilan=bilan, detaillee=detaillee, niveau_propose=1, niveau_retenu=3, motif=RAISON)


def _suivre(inscription: Inscription, classe: Classe, enseignante: Utilisateur) -> None:
    remarques, objectifs, apprenant, commentaire, legende, programme = TROIS_ANS
    fabriquer_bilan(
        fabriquer_campagne(classe, enseignante, date(2025, 12, 1)),
        inscription,
        etat=EtatBilan.FORMALISE,
        remarques_equipe=remarques,
        objectifs=objectifs,
        remarques_apprenant=apprenant,
    )
    fabriquer_auto_evaluation(inscription, "C1", 3, commentaire=commentaire)
    fabriquer_piece(inscription, enseignante, programme.encode(), legende=legende)


def _noter(inscription: Inscription, classe: Classe, enseignante: Utilisateur) -> None:
    situation = une_situation(enseignante, classe)
    detaillee = CompetenceDetaillee.objects.get(competence__version=classe.version, code="C7.1")
    cle = {"utilisateur": enseignante, "situation_id": situation.pk, "inscription_id": inscription.pk}
    for version, texte in enumerate(OBSERVATIONS[:2]):
        enregistrer_cellule(
            **cle, detaillee_id=detaillee.pk, valeur=version + 2, version=version, observation=texte, operation=uuid4()
        )
    enregistrer_observation(**cle, texte=OBSERVATIONS[2], version=0)
    nominative = donnees(description=f"{PRENOM} {NOM} usine les mors.")
    modifier_situation(utilisateur=enseignante, situation=situation, donnees=nominative)
    modifier_situation(utilisateur=enseignante, situation=situation, donnees=donnees())


def _laisser_des_fichiers(classe: Classe, enseignante: Utilisateur) -> None:
    travail = Travail(classe=classe, epreuve=classe.version.epreuves.get(code="E2"), auteur=enseignante)
    travail.etat, travail.demande_le = EtatTravail.FINI, timezone.now()
    travail.avance_le = travail.demande_le
    travail.fichier.save("dossiers.pdf", ContentFile(f"Dossier de {PRENOM} {NOM}".encode()))
    bilans = FabricationBilans(campagne=fabriquer_campagne(classe, enseignante, date(2026, 1, 30)), auteur=enseignante)
    bilans.etat, bilans.demande_le, bilans.avance_le = EtatFabrication.FINI, timezone.now(), timezone.now()
    bilans.fichier.save("bilans.zip", ContentFile(f"Bilan de {PRENOM} {NOM}".encode()))
    ImportListe.objects.create(
        auteur=enseignante,
        centre=classe.centre,
        genre=ImportListe.Genre.APPRENANTS,
        nom_fichier="liste.csv",
        contenu={"entetes": ["nom"], "lignes": [[NOM, PRENOM, INE]]},
        expire_le=timezone.now() + timedelta(hours=1),
    )


def traces(marques: tuple[str, ...] = MARQUES) -> set[tuple[str, str]]:
    """(endroit, marque) : chaque marque encore lisible, dans n'importe quelle colonne ou n'importe quel fichier."""
    trouvees = set()
    with connection.cursor() as curseur:
        for table in connection.introspection.table_names(curseur):
            curseur.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            colonnes = [colonne[0] for colonne in curseur.description]
            for ligne in curseur.fetchall():
                for colonne, valeur in zip(colonnes, ligne, strict=True):
                    trouvees |= {(f"{table}.{colonne}", marque) for marque in marques if _porte(valeur, marque)}
    for fichier in _pieces():
        contenu = fichier.read_bytes()
        trouvees |= {(fichier.name, marque) for marque in marques if marque.encode() in contenu}
    return trouvees


def _pieces() -> list[Path]:
    return [fichier for fichier in (settings.DOSSIER_DONNEES / "pieces").rglob("*") if fichier.is_file()]


def _porte(valeur: object, marque: str) -> bool:
    """Telle quelle, ou comme un JSON de SQLite l'écrit (« \\u00e9 »)."""
    texte = valeur if isinstance(valeur, str) else str(valeur)
    return any(forme.casefold() in texte.casefold() for forme in (marque, json.dumps(marque)[1:-1]))
