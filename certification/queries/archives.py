"""Ce que la commission a laissé, relu pour l'archiver : ce qui manque avant de clore, puis les lignes figées."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from centres.enums import Modalite
from centres.models import Classe
from certification.archive_json import Cadre, DossierClos, observations_figees, parametres_figes, relire_note
from certification.enums import EtatCommission, EtatProposition, NatureTravail
from certification.models import (
    Archive,
    Candidat,
    Commission,
    Grille,
    MembreCommission,
    PieceArchive,
    PositionCommission,
    Proposition,
    Travail,
)
from certification.pourquoi import Calcul
from certification.queries.candidats import (
    EpreuveVue,
    SyntheseCandidat,
    synthese_de_la_classe,
    synthese_des_figes,
)
from certification.syntheses import GrilleLue, NoteConservee, SyntheseEpreuve
from evaluations.models import Situation

# Ce qui laisse un dossier à archiver : une note, ou une absence que les preuves expliquent.
AVEC_DOSSIER = (EtatProposition.PROPOSEE, EtatProposition.ABSENT)
NOTES = ("note_calculee", "note_arrondie", "note_proposee")
Cle = tuple[int, str]


@dataclass(frozen=True)
class Manque:
    """Ce qui empêche de clore, en une phrase ; `candidat` et `epreuve` disent où le réparer."""

    texte: str
    candidat: int | None = None
    epreuve: str = ""


@dataclass(frozen=True)
class DossierFige:
    """Un candidat × épreuve : `lu` porte le résultat figé à la place du calcul du jour."""

    lu: SyntheseCandidat
    proposition: Proposition
    positions: tuple[PositionCommission, ...]
    clos: DossierClos

    @property
    def code(self) -> str:
        return str(self.proposition.epreuve.code)

    @property
    def a_un_dossier(self) -> bool:
        return self.proposition.etat in AVEC_DOSSIER


def cle_du_candidat(inscription: int) -> str:
    """Comment une archive désigne un candidat, sans le nommer."""
    return f"I{inscription}"


def propositions_de(commission: Commission) -> dict[Cle, Proposition]:
    """Par apprenant et par épreuve : une inscription refaite en cours de séance garde ce qui a été dit."""
    lues = commission.propositions.select_related("epreuve", "grille__epreuve", "grille__option", "inscription")
    return {(une.inscription.apprenant_id, une.epreuve.code): une for une in lues.order_by("pk")}


def positions_de(commission: Commission) -> dict[Cle, list[PositionCommission]]:
    """Les positions prises, par apprenant et par épreuve, dans l'ordre des compétences."""
    groupes: dict[Cle, list[PositionCommission]] = {}
    lues = commission.positions.prises().select_related("competence__bloc__epreuve", "inscription")
    for une in lues.order_by("competence__ordre", "pk"):
        groupes.setdefault((une.inscription.apprenant_id, une.competence.bloc.epreuve.code), []).append(une)
    return groupes


def manques(commission: Commission) -> list[Manque]:
    """Vide : la commission peut se clore."""
    lus = synthese_de_la_classe(commission.classe).candidats
    propositions = propositions_de(commission)
    trouves = [Manque("La classe n'a aucun candidat.")] if not lus else []
    for membre in commission.membres.select_related("utilisateur").order_by("pk"):
        # L'absence du professionnel n'invalide rien (DOMAINE §4) ; encore faut-il que le procès-verbal puisse la dire.
        if membre.est_present is None and not membre.est_professionnel:
            trouves.append(Manque(f"La présence de {membre} n'est pas notée."))
    if not commission.membres.filter(est_president=True).exists():
        trouves.append(Manque("Personne ne préside la commission."))
    for lu in lus:
        for code in lu.syntheses:
            cle = (lu.candidat.apprenant_id, code)
            if phrase := _manque_du_candidat(lu, code, propositions.get(cle)):
                trouves.append(Manque(f"{lu.candidat.apprenant}, {code} : {phrase}", lu.candidat.pk, code))
    return trouves


def etat_de_droit(lu: SyntheseCandidat, code: str) -> EtatProposition | None:
    """L'état que la commission n'a pas à choisir : note conservée, épreuve ponctuelle ; sinon rien."""
    if lu.syntheses[code].conservee is not None:
        return EtatProposition.BENEFICE
    if lu.candidat.classe.centre.modalite == Modalite.PONCTUEL or not lu.epreuves[code].epreuve.a_ccf:
        return EtatProposition.PONCTUEL
    return None


def _manque_du_candidat(lu: SyntheseCandidat, code: str, proposition: Proposition | None) -> str:
    synthese = lu.syntheses[code]
    if (droit := etat_de_droit(lu, code)) is None:
        phrase = _manque(synthese, proposition)
        option = (proposition.entrees or {}).get("option") if proposition else None
        change = option is not None and (lu.candidat.option is None or lu.candidat.option.code != option)
        return phrase or ("l'option a changé depuis : prononcez-vous de nouveau." if change else "")
    if proposition is None or not proposition.est_etudiee or droit != EtatProposition.BENEFICE:
        return ""
    gardee = synthese.conservee
    dite = (proposition.note_conservee, proposition.session_conservee)
    if proposition.etat != droit or gardee is None or dite != (gardee.note, gardee.session):
        return "une note conservée est enregistrée et n'est pas ce qui a été dit : dites le bénéfice de note."
    return ""


def _manque(synthese: SyntheseEpreuve, proposition: Proposition | None) -> str:
    if proposition is None or not proposition.est_etudiee:
        return "la commission ne s'est pas prononcée."
    if proposition.etat == EtatProposition.BENEFICE:
        return "la note conservée n'est plus enregistrée : étudiez l'épreuve."
    if proposition.etat != EtatProposition.PROPOSEE:
        return ""
    seuil = proposition.grille.seuil_commentaire if proposition.grille else Decimal(10)
    if (proposition.note_proposee or 0) < seuil and not proposition.commentaire.strip():
        return f"la note proposée est inférieure à {seuil.normalize():f}, sans commentaire."
    if synthese.est_perimee:
        return "les positionnements ont changé depuis la proposition : proposez de nouveau."
    return ""


def cadre_de(commission: Commission) -> Cadre:
    """L'identité commune à toutes les pièces, telle qu'elle est à la clôture."""
    classe = commission.classe
    return Cadre(
        uai=classe.centre.uai or "",
        centre=str(classe.centre),
        diplome=classe.version.diplome.code,
        diplome_intitule=classe.version.intitule,
        session=classe.session.annee,
        classe=classe.nom,
        date=timezone.localtime(commission.date).isoformat(timespec="minutes"),
        lieu=commission.lieu,
        version=commission.numero_version,
        membres=tuple(_membre(membre) for membre in membres_de(commission)),
    )


def membres_de(commission: Commission) -> list[MembreCommission]:
    return list(commission.membres.select_related("utilisateur"))


def _membre(membre: MembreCommission) -> dict[str, Any]:
    champs = ("qualite", "est_president", "est_professionnel", "est_present")
    return {"nom": str(membre), **{champ: getattr(membre, champ) for champ in champs}}


def dossiers_figes(commission: Commission) -> list[DossierFige]:
    """Tous les candidats × épreuves d'une commission close : les notes viennent des propositions, jamais du calcul."""
    propositions, positions = propositions_de(commission), positions_de(commission)
    titres = _titres(commission.classe)
    coefficients = _coefficients(commission.classe)
    figes = []
    for lu in synthese_des_figes(commission.classe, propositions.values()):
        siennes = {code: propositions.get((lu.candidat.apprenant_id, code)) for code in lu.epreuves}
        syntheses = {
            code: figer(lu.epreuves[code], lu.syntheses[code], une) for code, une in siennes.items() if une is not None
        }
        complet = replace(lu, syntheses=syntheses)
        for code, proposition in siennes.items():
            if proposition is not None:
                prises = tuple(positions.get((lu.candidat.apprenant_id, code), []))
                coefficient = coefficients.get((lu.candidat.option_id, proposition.epreuve_id))
                clos = _clos(complet, proposition, prises, titres, coefficient)
                for cle in NOTES:
                    # Imprimées comme dans le résultat : 14,5 et non 14,50.
                    setattr(proposition, cle, _decimal(clos.proposition[cle]))
                figes.append(DossierFige(complet, proposition, prises, clos))
    return figes


def figer(vue: EpreuveVue, calculee: SyntheseEpreuve, proposition: Proposition) -> SyntheseEpreuve:
    """La synthèse telle que la commission l'a arrêtée : le résultat gardé, relu sans être refait."""
    conservee = None
    if proposition.note_conservee is not None and proposition.session_conservee is not None:
        conservee = NoteConservee(proposition.session_conservee, proposition.note_conservee)
    empechement = "" if proposition.etat == EtatProposition.PROPOSEE else _empechement(proposition, conservee)
    grille, entrees = proposition.grille, proposition.entrees
    if grille is None or entrees is None or proposition.resultat is None:
        return SyntheseEpreuve(vue.epreuve.code, empechement=empechement, conservee=conservee)
    parametres = parametres_figes(entrees, Fraction(grille.seuil_commentaire))
    auteurs = {(o.situation, o.detaillee): o.auteur for o in calculee.observations}
    return SyntheseEpreuve(
        code=vue.epreuve.code,
        grille=GrilleLue(grille.pk, grille.numero, grille.publiee_le, grille.session_id is not None, parametres),
        resultat=relire_note(entrees, proposition.resultat, vue.notee, parametres, auteurs),
        empechement=empechement,
        nombre_situations=sum(_est_evaluee(situation) for situation in entrees["situations"]),
        observations=calculee.observations,
        conservee=conservee,
    )


def _est_evaluee(situation: Mapping[str, Any]) -> bool:
    return situation["certificative"] and any(isinstance(v, int) for v in situation["positionnements"].values())


def _empechement(proposition: Proposition, conservee: NoteConservee | None) -> str:
    if conservee is not None:
        return conservee.motif
    return f"{proposition.get_etat_display().capitalize()} : aucune note n'est proposée au jury."


def _titres(classe: Classe) -> dict[str, str]:
    lues = Situation.objects.certificatives().filter(
        classe__session=classe.session_id, classe__version=classe.version_id
    )
    return dict(lues.order_by("debut", "pk").values_list("code", "titre"))


def _coefficients(classe: Classe) -> dict[tuple[int | None, int], int]:
    return {
        (coefficient.option_id, epreuve.pk): coefficient.valeur
        for epreuve in classe.version.epreuves.prefetch_related("coefficients")
        for coefficient in epreuve.coefficients.all()
    }


def _clos(
    lu: SyntheseCandidat,
    proposition: Proposition,
    positions: Sequence[PositionCommission],
    titres: Mapping[str, str],
    coefficient: int | None,
) -> DossierClos:
    candidat, epreuve, grille = lu.candidat, proposition.epreuve, proposition.grille
    situations = (proposition.entrees or {}).get("situations", [])
    return DossierClos(
        candidat={
            "cle": cle_du_candidat(candidat.pk),
            "numero": candidat.numero,
            "nom": candidat.apprenant.nom,
            "prenom": candidat.apprenant.prenom,
            "option": candidat.option.code if candidat.option else "",
            "statut": candidat.statut,
        },
        epreuve={"code": epreuve.code, "intitule": epreuve.intitule, "coefficient": coefficient},
        grille=_grille(grille),
        competences=lu.epreuves[epreuve.code].notee.competences,
        situations=[
            {**{cle: une[cle] for cle in ("code", "date", "certificative")}, "titre": titres.get(une["code"], "")}
            for une in situations
        ],
        entrees=proposition.entrees,
        resultat=proposition.resultat,
        positions=[{"competence": p.competence.code, "niveau": p.niveau, "motif": p.motif} for p in positions],
        proposition=_proposition(proposition),
    )


def _grille(grille: Grille | None) -> dict[str, Any] | None:
    return None if grille is None else {"nom": str(grille), "seuil_commentaire": f"{grille.seuil_commentaire:f}"}


def _proposition(une: Proposition) -> dict[str, Any]:
    resultat = une.resultat or {}
    return {
        "etat": une.etat.upper(),
        "bonus": f"{une.bonus:f}",
        **{
            cle: _comme_ecrit(getattr(une, cle), resultat.get(modele))
            for cle, modele in (
                ("note_calculee", "note_calculee"),
                ("note_arrondie", "note_arrondie"),
                ("note_proposee", "note_arrondie"),
            )
        },
        "note_conservee": None if une.note_conservee is None else f"{une.note_conservee:f}",
        "session_conservee": une.session_conservee,
        "motif_ecart": une.motif_ecart,
        "commentaire": une.commentaire,
        "appreciation": une.appreciation,
    }


def _comme_ecrit(valeur: Decimal | None, modele: str | None) -> str | None:
    """L'écriture du résultat quand c'est la même valeur (14.5), sinon celle de la base (14.50)."""
    if valeur is None:
        return None
    return modele if modele is not None and Decimal(modele) == valeur else f"{valeur:f}"


def _decimal(texte: str | None) -> Decimal | None:
    return None if texte is None else Decimal(texte)


def archives_de(commission: Commission) -> list[Archive]:
    return list(commission.archives.select_related("auteur").prefetch_related("pieces").order_by("-numero"))


def archive_de_la_version(commission: Commission) -> Archive | None:
    return commission.archives.filter(version_commission=commission.numero_version).first()


def fige_du_candidat(candidat: Candidat, code: str) -> tuple[Commission, DossierFige] | None:
    """Ce que la commission close a laissé de ce candidat à cette épreuve ; rien si elle ne l'est pas."""
    commissions = Commission.objects.select_related("classe__centre", "classe__session", "classe__version__diplome")
    # Changé de classe depuis, il n'est plus de celle qui l'a étudié ; un autre centre, lui, n'en remet rien.
    siennes = commissions.filter(
        classe__centre=candidat.classe.centre_id,
        classe__session=candidat.classe.session_id,
        classe__version=candidat.classe.version_id,
        etat=EtatCommission.CLOSE,
        propositions__inscription__apprenant=candidat.apprenant_id,
        propositions__epreuve__code=code,
    ).order_by("-close_le")
    if (close := siennes.first()) is None:
        return None
    cle = (candidat.apprenant_id, code)
    figes = (une for une in dossiers_figes(close) if (une.lu.candidat.apprenant_id, une.code) == cle)
    fige = next(figes, None)
    return None if fige is None else (close, fige)


def calcul_du_candidat(lu: SyntheseCandidat, code: str) -> Calcul | None:
    """De quoi expliquer la note : les entrées de la proposition, à défaut ce qui est positionné ce jour."""
    vue, synthese = lu.epreuves[code], lu.syntheses[code]
    propositions = Proposition.objects.filter(
        commission__classe=lu.candidat.classe_id, inscription__apprenant=lu.candidat.apprenant_id
    )
    proposition = propositions.filter(epreuve=vue.epreuve).select_related("grille").first()
    auteurs = {(o.situation, o.detaillee): o.auteur for o in synthese.observations}
    if proposition is not None and proposition.entrees is not None and proposition.grille is not None:
        entrees = proposition.entrees
        return Calcul(
            vue.notee,
            observations_figees(entrees, code, auteurs),
            parametres_figes(entrees, Fraction(proposition.grille.seuil_commentaire)),
            entrees.get("positions_commission", {}),
            Fraction(entrees.get("bonus", 0)),
        )
    if synthese.grille is None or synthese.empechement:
        return None
    positions = PositionCommission.objects.prises().filter(
        commission__classe=lu.candidat.classe_id,
        inscription__apprenant=lu.candidat.apprenant_id,
        competence__bloc__epreuve=vue.epreuve,
    )
    prises = {code: niveau for code, niveau in positions.values_list("competence__code", "niveau") if niveau}
    return Calcul(vue.notee, synthese.observations, synthese.grille.parametres, prises, Fraction(0))


def fabrication_en_cours(commission: Commission) -> Travail | None:
    """La fabrication de l'archive de cette version, en cours ou interrompue."""
    return Travail.objects.filter(classe=commission.classe_id, nature=NatureTravail.ARCHIVE).first()


def piece_servie(classe: Classe, nature: str, **filtre: Any) -> PieceArchive | None:
    """La pièce archivée qui remplace le document du jour, quand la commission de la classe est close."""
    commission = Commission.objects.filter(classe=classe).first()
    if commission is None or not commission.est_close:
        return None
    pieces = PieceArchive.objects.filter(archive__commission=commission, nature=nature, efface_le=None)
    return pieces.filter(archive__version_commission=commission.numero_version, **filtre).first()


def lignes_du_manifeste(figes: Sequence[DossierFige], empreintes: Mapping[Cle, str]) -> Iterator[dict[str, Any]]:
    for fige in figes:
        yield fige.clos.ligne(empreintes.get((fige.lu.candidat.pk, fige.code)))
